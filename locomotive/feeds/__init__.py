"""The menus of the coming days for those who do not open the shop: a poster, and feeds."""
