"""The development stack: PostgreSQL, Apache Kafka, the services and a counterparty bank on this machine."""
