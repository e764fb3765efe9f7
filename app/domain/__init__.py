"""Pure values, rules and ports. Imports nothing else of ours."""
