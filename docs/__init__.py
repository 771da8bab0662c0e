"""The pages, and the program that writes those of them which are tables of the code."""
