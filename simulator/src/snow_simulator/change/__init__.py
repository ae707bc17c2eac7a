"""The Change Management API and the process behind it: /api/sn_chg_rest."""
