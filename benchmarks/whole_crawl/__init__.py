"""What a page costs from its announcement to the archive, beside spiders that do the same in the plainest way."""
