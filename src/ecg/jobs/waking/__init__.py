"""Wake-ups: how workers hear that a queue has work, with a broker or without."""
