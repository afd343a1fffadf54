"""What every room shares: errors, states, files, solutions and evidence."""
