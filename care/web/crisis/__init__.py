"""The crisis organisation: who to call, duties to declare, the checklist, the crisis pack."""
