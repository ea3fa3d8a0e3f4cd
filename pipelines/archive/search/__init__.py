"""The full-text index of the corpus: kept in step with the table `articles`, published in the bucket, asked."""
