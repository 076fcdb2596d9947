"""Hidden stages: the stage that a customer is in, with its probability, from noisy touchpoints and the gaps between."""
