"""How right the alarms are: half a year of ordinary news of fifty invented sites, and faults planted in it."""
