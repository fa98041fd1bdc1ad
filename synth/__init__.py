"""Made-up AWS organizations that write CloudTrail records with the truth beside them: for the demo, tests, benchmarks.

`organization.Organization` is a small simulated AWS that is driven by verbs; `truth` says what is so of each access
key, from the simulation's own state and never from the records; `incident` and `generate` drive it; `delivery` and
`bulk` write files.
"""
