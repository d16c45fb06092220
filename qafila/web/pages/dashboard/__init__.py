"""The start page: today's figures, what runs, the numbers, alerts, and the red button."""
