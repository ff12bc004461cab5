"""One job at work: admitted, assigned to a slot, done by an executor process under a guardian."""
