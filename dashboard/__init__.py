"""The pages that city leaders, planners and those who report to the People's Council read."""
