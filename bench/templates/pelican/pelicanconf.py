"""Settings of Pelican for a fair run: our templates, pages by year, one feed, a site map."""

SITENAME = "职工之家"
SITEURL = "https://yunxi.example"
TIMEZONE = "Asia/Shanghai"
DEFAULT_LANG = "zh"
THEME = "theme"
OUTPUT_PATH = "site"
ARTICLE_URL = "policies/{slug}/"
ARTICLE_SAVE_AS = "policies/{slug}/index.html"
YEAR_ARCHIVE_URL = "policies/{date:%Y}/"
YEAR_ARCHIVE_SAVE_AS = "policies/{date:%Y}/index.html"
AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ""
DIRECT_TEMPLATES = ["index", "sitemap"]
SITEMAP_SAVE_AS = "sitemap.xml"
FEED_ALL_ATOM = "feed.xml"
CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
FEED_MAX_ITEMS = 20
DEFAULT_PAGINATION = False
MARKDOWN = {
    "extension_configs": {
        "markdown.extensions.extra": {},
        "markdown.extensions.meta": {},
        "markdown.extensions.toc": {},
    },
    "output_format": "html5",
}
