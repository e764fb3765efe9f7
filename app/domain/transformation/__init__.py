"""The language of transformations: text, values, and what they make a renderer do."""
