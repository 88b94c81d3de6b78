"""The yearly cyber base of each establishment: prerequisites, eligibility, amounts."""
