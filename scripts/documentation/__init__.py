"""The pages: where their links lead, on an index of packages and on a site, and the site itself."""
