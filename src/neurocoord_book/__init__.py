"""What only the book Learning to Coordinate needs: claims, studies, figures and stored results."""
