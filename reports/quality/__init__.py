"""Parts of the quality page, one module per subject: published rows in, what the template shows out."""
