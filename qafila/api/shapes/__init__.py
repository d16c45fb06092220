"""The JSON of requests and answers, in the names that the user's clients know. Unknown fields are refused."""
