"""What makes Neo4j Browser ready for our graph: a style, favourites, and what writes them to a folder."""
