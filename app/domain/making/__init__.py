"""What is made of stored assets: text images, sprites, animations, pages and archives."""
