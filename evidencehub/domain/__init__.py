"""What the hub talks about: frozen dataclasses, no input or output, standard library only."""
