"""The investment plan, and the costs of an action."""
