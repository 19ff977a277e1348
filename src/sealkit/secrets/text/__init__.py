"""The reader of free text: one module for each family of forms in which people write secrets into lines of text."""
