"""Cities that people know and that no tricycle reaches: whoever types one has mistaken the shop.

The files of the zone's departments name the towns around; these are the largest beyond them,
without accents, as they are compared.
"""

CITIES = (
    *("Paris", "Marseille", "Lyon", "Toulouse", "Nice", "Nantes", "Montpellier", "Strasbourg"),
    *("Bordeaux", "Lille", "Rennes", "Toulon", "Reims", "Saint-Etienne", "Le Havre", "Dijon"),
    *("Grenoble", "Angers", "Villeurbanne", "Nimes", "Aix-en-Provence", "Clermont-Ferrand"),
    *("Le Mans", "Brest", "Tours", "Amiens", "Annecy", "Limoges", "Metz", "Boulogne-Billancourt"),
    *("Perpignan", "Besancon", "Orleans", "Rouen", "Saint-Denis", "Montreuil", "Caen", "Nancy"),
    *("Mulhouse", "Argenteuil", "Roubaix", "Tourcoing", "Dunkerque", "Avignon", "Nanterre"),
    *("Poitiers", "Versailles", "Courbevoie", "Creteil", "Pau", "Vitry-sur-Seine", "Colombes"),
    *("Calais", "Arras", "Valenciennes", "Douai", "Bethune", "Cambrai", "Beauvais", "Compiegne"),
    *("Saint-Quentin", "Laon", "Soissons", "Troyes", "Chartres", "La Rochelle", "Quimper"),
    *("Lorient", "Vannes", "Cherbourg", "Bayonne", "Valence", "Chambery", "Colmar", "Ajaccio"),
    *("Bruxelles", "Tournai", "Mons", "Londres", "Luxembourg"),
)
