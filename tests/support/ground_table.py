"""Prompts about the ground alone, and those that only sound like it: rows of the direction table."""

TABLE = """\
turn the desert into a green meadow => ground=meadow
desert into meadow => ground=meadow
from desert to meadow => ground=meadow
Make the ground a meadow => ground=meadow
make the floor grass => ground=meadow
transform the sand dunes into grassland => ground=meadow
the desert becomes a meadow full of flowers => ground=meadow
a meadow instead of the desert => ground=meadow
cover the street with snow => ground=snow
the street covered in snow => ground=snow
street under snow => ground=snow
the street under deep snow => ground=snow
put snow on the ground => ground=snow
snow covers the road => ground=snow
replace the grass with snow => ground=snow
the street is flooded => ground=water
flood the street with water => ground=water
flooded with water => ground=water
the ground under water => ground=water
turn the lawn into a lake => ground=water
make the road a river => ground=water
replace the grass with sand => ground=sand
turn the street into a beach => ground=sand
change the meadow to a desert => ground=sand
cover the path with autumn leaves => ground=leaves
turn the floor into lava => ground=lava
flood the street with neon light => look=cyberpunk
Turn the grassy hill into a sand dune => ground=sand
cover the street with snow and make it snow => ground=snow weather=snow
turn the desert into a meadow at sunset => ground=meadow look=sunset
the floor is lava => ground=lava
make the desert green => ground=meadow
make it snow on the street => weather=snow
fill the street with water => ground=water
flood the city => ground=water
Die Straße steht unter Wasser => ground=water
add snow to the ground => ground=snow
replace the man on the grass with @Element1 => replace=1 unknown=grass
turn the desert into a meadow, keep the person => ground=meadow keepsub
cover the street with snow and keep everything else the same => ground=snow
turn the desert into a meadow and make it rain => ground=meadow weather=rain
Verwandle die Wüste in eine grüne Wiese => ground=meadow
Bedecke die Straße mit Schnee => ground=snow
die Straße ist überflutet => ground=water
Convierte el desierto en un prado verde => ground=meadow
cubre la calle de nieve => ground=snow
inunda la calle => ground=water
Transforme le désert en prairie => ground=meadow
Remplace l'herbe par du sable => ground=sand
couvre la rue de neige => ground=snow
把沙漠变成草地 => ground=meadow
Replace the background with a meadow => scene=meadow
put her in a meadow => scene=meadow
put the man on a street covered in snow => scene=city
snow falling on the street => weather=snow
make it winter with snow on everything => look=winter weather=snow
turn the desert into a forest => scene=forest
flooded with golden light => look=golden_hour
turn the desert into a meadow with mountains => ground=meadow
blanket the lawn in fresh snow => ground=snow
turn the desert into a meadow in the style of anime => ground=meadow look=anime
"""
