"""What is: one file per noun, each a question, a parser and a sample answer."""
