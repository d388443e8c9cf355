"""Every fact the system can record: the language rooms, topics and replays share.

A topic is for ever. A new field has a default; any other change is a new topic, and the old JSON is lifted by a
`model_validator(mode="before")`. `tests/rules` compares each event's JSON schema with the committed one.
"""
