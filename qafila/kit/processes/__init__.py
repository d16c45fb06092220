"""Processes of this machine: who holds a port, our own family of children, the records they leave."""
