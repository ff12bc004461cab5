"""What can be seen with no model: the state of the camera, motion, people, perhaps a fall."""
