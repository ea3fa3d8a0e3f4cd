"""How sites and the machine are doing, judged from what is known of them: what is an alarm, what only a quiet day."""
