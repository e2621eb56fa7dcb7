def get_key_members(command, key_columns, table_description, relations):
    """
    Return the names of the model fields for the columns of a composite primary
    key, as the inspectdb command is going to name them.
    """
    names = {}
    for row in table_description:
        name, _, _ = command.normalize_col_name(
            row.name, list(names.values()), row.name in relations
        )
        names[row.name] = name
    return [names[column] for column in key_columns]
