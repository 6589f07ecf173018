# geometry
