"""Shipments: what is fetched at one stop and brought to another, beside what leaves the depot."""
