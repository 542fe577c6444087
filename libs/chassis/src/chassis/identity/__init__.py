"""Who calls: bearer tokens of an OpenID Connect issuer, client certificates, and what both say of the caller."""
