"""Geometry: where boxes lie, in words of a 3 x 3 grid."""
