"""The fourteen families of allergens of Annex II of Regulation (EU) 1169/2011."""

from ..core.refusal import N_

ALLERGENS: dict[str, str] = {
    "gluten": N_("gluten"),
    "crustaceans": N_("crustaceans"),
    "eggs": N_("eggs"),
    "fish": N_("fish"),
    "peanuts": N_("peanuts"),
    "soybeans": N_("soya"),
    "milk": N_("milk"),
    "nuts": N_("nuts"),
    "celery": N_("celery"),
    "mustard": N_("mustard"),
    "sesame": N_("sesame"),
    "sulphites": N_("sulphites"),
    "lupin": N_("lupin"),
    "molluscs": N_("molluscs"),
}
LEVELS = ("contains", "may contain")
# What people write when they mean one, in words separated by commas.
SAID: dict[str, str] = {
    "gluten": N_("gluten, wheat, rye, barley, spelt"),
    "crustaceans": N_("crustacean, shrimp, prawn, crab, lobster"),
    "eggs": N_("egg"),
    "fish": N_("fish, salmon, tuna, cod"),
    "peanuts": N_("peanut"),
    "soybeans": N_("soya, soy, tofu"),
    "milk": N_("milk, lactose, cream, butter, cheese, dairy"),
    "nuts": N_("nut, walnut, hazelnut, almond, cashew, pistachio, pecan"),
    "celery": N_("celery, celeriac"),
    "mustard": N_("mustard"),
    "sesame": N_("sesame"),
    "sulphites": N_("sulphite, sulfite"),
    "lupin": N_("lupin"),
    "molluscs": N_("mollusc, mussel, oyster, squid"),
}
