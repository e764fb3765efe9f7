"""Talking to the outside: fetching remote URLs safely."""
