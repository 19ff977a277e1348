"""How well scanners tell secrets from look-alikes, on generated files: values, places, the tree, the tools and the score."""
