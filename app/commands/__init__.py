"""The commands of ``lenticular``, a file for each group."""
