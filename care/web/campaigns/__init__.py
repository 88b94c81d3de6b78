"""Campaigns: audits started together, and their report."""
