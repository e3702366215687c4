"""How the documentation is built: ``sphinx-build -W docs docs/_build/html``."""

from importlib.metadata import version as version_of

project = "gridpart"
author = "The gridpart developers"
copyright = "the gridpart developers"
release = version = version_of("gridpart")
language = "en"
smartquotes = False  # or --rules would get a dash

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx_click",
]
exclude_patterns = ["_build", "changes/*"]
templates_path: list[str] = []

html_theme = "pydata_sphinx_theme"
html_title = "gridpart"
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": True,
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 6,
}

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"

numpydoc_show_class_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
