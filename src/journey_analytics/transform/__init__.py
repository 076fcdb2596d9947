"""Pure steps from what arrived to journeys: frame in, frame out, no file, no database, no clock."""
