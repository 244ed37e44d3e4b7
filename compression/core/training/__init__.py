"""How networks learn: the loop, its pictures, its processes, its record. Trainers are in trainers/."""
