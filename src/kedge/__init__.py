"""Kedge: plan a country's strategy while its main ally grows unreliable."""

__version__ = "0.1.0"
