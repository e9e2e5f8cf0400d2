"""What received reports add up to: a regional view in which every figure traces back."""
