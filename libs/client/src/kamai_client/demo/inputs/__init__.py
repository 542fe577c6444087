"""The demo's input files, read and checked before anything is done with them. docs/demo-input.md describes every column."""
