"""What the store in Neo4j is made of: statements, a batch's writes, values on both ways, refusals, a check."""
