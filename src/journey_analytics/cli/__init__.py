"""The command line: one file per verb. Heavy modules are imported inside the verbs, so that help comes at once."""
