"""The awareness plan, attendance, trainings and tests of phishing."""
