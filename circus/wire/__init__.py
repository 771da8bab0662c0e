"""What is said on the wire: requests and answers, events. Pure: bytes in, values out, and back."""
