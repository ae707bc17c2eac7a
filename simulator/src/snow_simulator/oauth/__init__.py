"""OAuth 2: POST /oauth_token.do."""
