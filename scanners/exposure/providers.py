"""Providers that give a name under their own domain to the first who asks: an alias to one that is gone can be taken.

Our own short list, from what each provider says of its host names; it is neither complete nor a proof. Pure.
"""

from __future__ import annotations

_PROVIDERS: tuple[tuple[str, str], ...] = (
    ("azurewebsites.net", "Microsoft Azure App Service"),
    ("cloudapp.net", "Microsoft Azure"),
    ("cloudapp.azure.com", "Microsoft Azure"),
    ("trafficmanager.net", "Microsoft Azure Traffic Manager"),
    ("blob.core.windows.net", "Microsoft Azure Storage"),
    ("web.core.windows.net", "Microsoft Azure Storage"),
    ("azureedge.net", "Microsoft Azure CDN"),
    ("azurefd.net", "Microsoft Azure Front Door"),
    ("azure-api.net", "Microsoft Azure API Management"),
    ("amazonaws.com", "Amazon Web Services"),
    ("elasticbeanstalk.com", "Amazon Elastic Beanstalk"),
    ("cloudfront.net", "Amazon CloudFront"),
    ("herokuapp.com", "Heroku"),
    ("herokudns.com", "Heroku"),
    ("github.io", "GitHub Pages"),
    ("gitlab.io", "GitLab Pages"),
    ("netlify.app", "Netlify"),
    ("vercel.app", "Vercel"),
    ("pages.dev", "Cloudflare Pages"),
    ("web.app", "Google Firebase"),
    ("firebaseapp.com", "Google Firebase"),
    ("appspot.com", "Google App Engine"),
    ("wordpress.com", "WordPress.com"),
    ("myshopify.com", "Shopify"),
    ("zendesk.com", "Zendesk"),
    ("freshdesk.com", "Freshdesk"),
    ("statuspage.io", "Atlassian Statuspage"),
    ("readthedocs.io", "Read the Docs"),
    ("surge.sh", "Surge"),
    ("fly.dev", "Fly.io"),
    ("cleverapps.io", "Clever Cloud"),
    ("scalingo.io", "Scalingo"),
)


def provider_of(name: str) -> str:
    """The provider a host name belongs to, empty when none of the list."""
    return next((provider for suffix, provider in _PROVIDERS if name == suffix or name.endswith(f".{suffix}")), "")
